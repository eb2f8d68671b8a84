import type { Connection, Model, Schema } from 'mongoose'

/** The model of that name on a connection, made at its first use. */
export function modelOf<Document>(connection: Connection, name: string, schema: Schema<Document>): Model<Document> {
  return (connection.models[name] as Model<Document> | undefined) ?? connection.model<Document>(name, schema)
}
