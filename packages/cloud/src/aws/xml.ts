/** Text of the first element of a name; undefined without one. */
export function memberOf(xml: string, name: string): string | undefined {
  const [, text] = new RegExp(`<${name}>([^<]{1,4096})</${name}>`).exec(xml) ?? []
  return text?.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: string) => entities[entity] ?? '')
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
