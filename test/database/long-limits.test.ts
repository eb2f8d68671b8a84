/** Calls with a time limit of their own, as the server is told of it, by command and collection. */
import { Registry } from 'prom-client'
import t from 'tap'
import { connect } from '../../src/database/connect.ts'
import { ROLL_UP_LIMIT } from '../../src/database/time-limits.ts'
