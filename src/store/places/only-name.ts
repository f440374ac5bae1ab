import type { OciLayout } from '@tsbuild/content'
import { StoreNameError } from '../store-name-error.ts'

/** The only name in a layout; rejects with `AMBIGUOUS` where there are none or several. */
export async function onlyName(layout: OciLayout, directory: string): Promise<string> {
  const names = await layout.tags()
  const [only] = names
  if (only && names.length === 1) return only.reference
  throw new StoreNameError('AMBIGUOUS', `layout "${directory}" has ${names.length} names`, {
    hint: 'name one: DIRECTORY:TAG',
  })
}
