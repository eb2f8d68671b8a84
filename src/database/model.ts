import type { Connection, Model, Schema } from 'mongoose'

/** Returns the model of that name on a connection; creates it at its first use. */
export function modelOf<Document>(connection: Connection, name: string, schema: Schema<Document>): Model<Document> {
  return (connection.models[name] as Model<Document> | undefined) ?? connection.model<Document>(name, schema)
}
