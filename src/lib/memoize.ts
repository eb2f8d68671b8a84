/** The same function, which remembers its last answers, at most `most` of them. */
export function memoize<Answer>(make: (name: string) => Answer, most: number): (name: string) => Answer {
  const known = new Map<string, Answer>()
  return name => {
    const existing = known.get(name)
    if (existing !== undefined) return existing
    if (known.size === most) known.clear()
    const answer = make(name)
    known.set(name, answer)
    return answer
  }
}
