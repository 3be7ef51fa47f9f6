/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle of whole pixels, measured from the top left corner. */
export interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

/** EXIF orientation: 1 is upright, 2 to 8 are the other ways a camera may have stored the image. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/**
 * Where a box of the upright image lies in the image as it is stored in the file.
 *
 * Cutting it out there and turning the piece afterwards needs memory for the piece only; turning the whole image
 * first would need all of it. Orientations as in EXIF 2.32, tag 0x0112.
 * @param upright size of the upright image
 */
export function storedBox(box: Box, upright: Size, orientation: Orientation): Box {
  const right = upright.width - box.left - box.width;
  const bottom = upright.height - box.top - box.height;
  const { left, top, width, height } = box;
  switch (orientation) {
    case 1:
      return box;
    case 2:
      return { left: right, top, width, height };
    case 3:
      return { left: right, top: bottom, width, height };
    case 4:
      return { left, top: bottom, width, height };
    case 5:
      return { left: top, top: left, width: height, height: width };
    case 6:
      return { left: top, top: right, width: height, height: width };
    case 7:
      return { left: bottom, top: right, width: height, height: width };
    case 8:
      return { left: bottom, top: left, width: height, height: width };
  }
}
