/** A greeting for somebody, or for everybody. */
export function greet(name: string): string {
  return `Hello, ${name === '' ? 'world' : name}`
}
