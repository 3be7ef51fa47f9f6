/** Of this protocol's operations in the OpenAPI document. */
export const tag = 'open inference protocol';
