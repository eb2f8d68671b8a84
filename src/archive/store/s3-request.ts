/** A request for an object. */
export interface S3Request {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Query, as in `uploads`. */
  query?: string
  headers?: Record<string, string>
  body?: Uint8Array
}
