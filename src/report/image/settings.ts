import type { ImageConfig } from '@tsbuild/oci'

/** Settings of an image by name; variables and labels one by one. */
export function settingsOf({ config = {}, ...image }: ImageConfig): ReadonlyMap<string, string> {
  const settings = new Map<string, string>()
  const set = (name: string, value: unknown): void => {
    if (value !== undefined) settings.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
  const { architecture, os, variant, author, created } = image
  for (const [name, value] of Object.entries({ architecture, os, variant, author, created })) set(name, value)
  const { Env = [], Labels = {}, ExposedPorts = {}, Volumes = {}, ...rest } = config
  for (const variable of Env) {
    const [name = '', ...value] = variable.split('=')
    set(`Env ${name}`, value.join('='))
  }
  for (const [name, value] of Object.entries(Labels)) set(`Labels ${name}`, value)
  for (const name of Object.keys(ExposedPorts)) set(`ExposedPorts ${name}`, '')
  for (const name of Object.keys(Volumes)) set(`Volumes ${name}`, '')
  for (const [name, value] of Object.entries(rest)) if (!isEmpty(value)) set(name, value)
  return settings
}

/** Builders write settings that an image lacks as empty values, or leave them out. */
function isEmpty(value: unknown): boolean {
  return value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0)
}
