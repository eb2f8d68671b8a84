import type pg from 'pg'
import { CommandError } from '../errors/command-error.ts'
import type { Request } from '../protocol/request.ts'
import { bytesOf, queryOnce, type Row, type Value } from '../sql.ts'

const TRANSACTION_TOO_OLD = 225
/** Sessions end after 30 minutes without use, so nothing is sent again later. */
const RETENTION = '30 minutes'

/**
 * Stores the reply to the last retryable write of each session, in the transaction of the write. A repeated command waits for the
 * first one and returns its reply. A command whose upsert lost `$$NOW` or met a duplicate key (see concurrent-upserts.ts) is rolled
 * back, to be sent again; p_is_final keeps duplicate key errors.
 *
 * Workaround: DocumentDB recognizes a repeated command, but not its items: it skips items that look like repetitions of others.
 */
const SCHEMA = `
CREATE SCHEMA IF NOT EXISTS glance;
CREATE TABLE IF NOT EXISTS glance.retryable_writes (
  session text PRIMARY KEY, number bigint NOT NULL, reply bytea, used_at timestamptz NOT NULL);
CREATE OR REPLACE FUNCTION glance.write_once(
  p_session text, p_number bigint, p_command text, p_db text, p_spec bytea, p_sequence bytea, p_is_final boolean)
  RETURNS bytea AS $function$
DECLARE
  v_number bigint;
  v_reply bytea;
BEGIN
  INSERT INTO glance.retryable_writes AS w (session, number, used_at) VALUES (p_session, p_number, now())
    ON CONFLICT (session) DO UPDATE SET number = excluded.number, reply = NULL, used_at = excluded.used_at
    WHERE w.number < excluded.number;
  IF NOT FOUND THEN
    SELECT number, reply INTO v_number, v_reply FROM glance.retryable_writes WHERE session = p_session;
    RETURN CASE WHEN v_number = p_number THEN v_reply END;
  END IF;
  IF p_command = 'findAndModify' THEN
    SELECT p_result::bytea INTO v_reply FROM documentdb_api.find_and_modify(p_db, p_spec::documentdb_core.bson, NULL);
  ELSE
    EXECUTE format('SELECT p_result::bytea FROM documentdb_api.%I($1, $2::documentdb_core.bson, $3::documentdb_core.bsonsequence, NULL)',
      p_command) INTO v_reply USING p_db, p_spec, p_sequence;
  END IF;
  IF position('The $$NOW operator cannot be used'::bytea IN v_reply) > 0 THEN
    RAISE serialization_failure;
  END IF;
  -- The errors of an item: "duplicate key value", "Duplicate key violation" or "conflicting key value".
  IF NOT p_is_final AND (position('uplicate key v'::bytea IN v_reply) > 0 OR position('conflicting key v'::bytea IN v_reply) > 0) THEN
    RAISE unique_violation;
  END IF;
  UPDATE glance.retryable_writes SET reply = v_reply WHERE session = p_session;
  RETURN v_reply;
END $function$ LANGUAGE plpgsql`

/** Creates the table and the function of retryable writes. */
export async function prepareRetryableWrites(pool: pg.Pool): Promise<void> {
  await pool.query(SCHEMA)
}

/** Removes the replies of sessions that have expired. */
export async function removeExpiredReplies(pool: pg.Pool): Promise<void> {
  await queryOnce(pool, 'DELETE FROM glance.retryable_writes WHERE used_at < now() - $1::interval', [RETENTION])
}

/** Whether a command is a retryable write, which must take effect once even if it is sent again. */
export function isRetryable({ inTransaction, session, txnNumber }: Request): boolean {
  return !inTransaction && session !== undefined && txnNumber !== undefined
}

/**
 * Executes a retryable write, or returns the reply to its first execution.
 * @param isFinal whether the reply may contain duplicate key errors
 * @throws CommandError 225 (TransactionTooOld) when the session has executed a later write
 * @throws pg.DatabaseError unique_violation, without effect, for a duplicate key unless `isFinal`
 */
export async function writeOnce(
  { name, db, raw, sequence, session = '', txnNumber = 0n }: Request,
  run: (text: string, values: Value[]) => Promise<Row[]>,
  isFinal: boolean,
): Promise<Buffer> {
  const command = name === 'findandmodify' ? 'findAndModify' : name
  const values = [session, String(txnNumber), command, db, raw, sequence, String(isFinal)]
  const [row] = await run('SELECT glance.write_once($1, $2, $3, $4, $5::bytea, $6::bytea, $7::boolean)', values)
  const reply = bytesOf(row?.[0])
  if (!reply) throw new CommandError(TRANSACTION_TOO_OLD, `the session has executed a write after number ${txnNumber}`)
  return reply
}
