import type { Model } from 'mongoose'
import { Problem } from '../errors.ts'
import { ACCESS_TOKEN_SECONDS, type AccessTokens } from './access-token.ts'
import type { Passwords } from './passwords.ts'
import { emailKeyOf, type User } from './user.ts'

export interface Session {
  accessToken: string
  tokenType: 'Bearer'
  /** Seconds. */
  expiresIn: number
}

/**
 * Gives a token for e-mail and password.
 * @throws Problem `wrong_credentials`, the same and after the same work whether the account or the password is wrong
 */
export async function signIn(
  { users, passwords, tokens }: { users: Model<User>; passwords: Passwords; tokens: AccessTokens },
  { email, password }: { email: string; password: string },
): Promise<Session> {
  const user = await users.findOne({ emailKey: emailKeyOf(email) }).lean()
  const right = await passwords.matches(password, user?.passwordHash)
  if (!user || !right) throw new Problem('wrong_credentials')
  const accessToken = tokens.sign({ id: user._id, roles: user.roles })
  return { accessToken, tokenType: 'Bearer', expiresIn: ACCESS_TOKEN_SECONDS }
}
