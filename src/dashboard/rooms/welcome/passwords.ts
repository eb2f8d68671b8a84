/** What the service requires of a new password. */
export const PASSWORD_HINT = 'At least 10 characters: neither a common password nor made of your e-mail address.'
