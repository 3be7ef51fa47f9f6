/** Where an image lies on its stage, in pixels of the screen. */
export interface Placement {
  /** The image's left top corner. */
  readonly left: number;
  readonly top: number;
  /** Pixels of the screen for one of the image. */
  readonly scale: number;
  /** The stage. */
  readonly width: number;
  readonly height: number;
}
