const SECRET_PARAMETERS = new Set(['key', 'email', 'signature', 'code'])
/** The id of a receipt, which is a credential. */
const SECRET_SEGMENT = /(\/erasures\/+)[^/]+/gi

/**
 * Returns a URL for the log, without the keys, e-mail addresses, signatures, setup codes and receipt ids that it may contain. It is
 * decoded first, as the router decodes it: percent-encoding must not hide them.
 */
export function loggedUrl(url: string): string {
  const [path = '', ...query] = url.split('?')
  const shown = decoded(path).replace(SECRET_SEGMENT, '$1…')
  return query.length === 0 ? shown : `${shown}?${query.join('?').split('&').map(withoutSecret).join('&')}`
}

/** Returns a parameter of a query without its value if that is secret. */
function withoutSecret(parameter: string): string {
  const [name = ''] = parameter.split('=')
  return SECRET_PARAMETERS.has(decoded(name.replaceAll('+', ' ')).toLowerCase()) ? `${name}=…` : parameter
}

/** Decodes percent-encoding, also of text of which a part is not valid UTF-8. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, encoded => Buffer.from(encoded.replaceAll('%', ''), 'hex').toString())
}
