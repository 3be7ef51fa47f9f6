export interface ListFlags {
  readonly json?: boolean;
}

export interface AddFlags {
  readonly name?: string;
  readonly sha256?: string;
  readonly replace?: boolean;
}
