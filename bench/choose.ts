/** Works to measure. */
export interface Choice {
  /** Names; all works when left out. */
  readonly only: readonly string[] | undefined
  readonly runs: number
}

/** Works by their names. Throws for a name that no work has. */
export function choose<Work extends { readonly name: string }>(
  works: readonly Work[],
  only: Choice['only'],
): readonly Work[] {
  const chosen = works.filter(({ name }) => only === undefined || only.includes(name))
  if (chosen.length > 0) return chosen
  throw new Error(`No work is called ${only?.join(' or ')}: there are ${works.map(({ name }) => name).join(', ')}`)
}
