export interface DescribeFlags {
  readonly size?: [number, number];
  readonly classes: number;
  readonly json?: boolean;
}
