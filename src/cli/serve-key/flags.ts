export interface ServeKeyFlags {
  readonly file?: string;
  readonly rate?: number;
}
