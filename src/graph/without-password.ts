/**
 * A text for people: passwords in its URLs are hidden, and names that stand alone in web addresses,
 * because those are tokens.
 */
export function withoutPassword(text: string): string {
  return text.replace(/(:\/\/[^\s/@:]*):[^\s/?#]*@/g, '$1:xxxxx@').replace(/(https?:\/\/)[^\s/@:]+@/gi, '$1xxxxx@')
}
