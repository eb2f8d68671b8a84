import type { AuditEntry } from '../../../api/types.ts'

/** What the entries of the audit trail say, in words. */
export const ACTS: Record<AuditEntry['what'], string> = {
  set_up: 'Service set up',
  setup_refused: 'Setup code refused',
  signed_up: 'Signed up',
  signed_in: 'Signed in',
  sign_in_failed: 'Sign-in failed',
  session_ended: 'Session ended',
  refresh_token_reused: 'Refresh token used twice',
  password_changed: 'Password changed',
  password_refused: 'Password refused',
  roles_changed: 'Roles changed',
  key_made: 'Key created',
  key_revoked: 'Key revoked',
  key_first_used: 'Key first used',
  key_used_elsewhere: 'Key used from another address',
  access_refused: 'Access refused',
  data_exported: 'Data exported',
  image_deleted: 'Image deleted',
  comment_deleted: 'Comment deleted',
  erased: 'Erasure requested',
}
