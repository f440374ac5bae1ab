import type { LocalStore } from '../../../store/local-store.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { type NamedImage, nameMatcher } from '../image-names.ts'
import { readAge } from './read-age.ts'
import { parseBoolean } from '../parse-boolean.ts'

type Test = (named: NamedImage) => boolean | Promise<boolean>

const keys = 'reference, dangling, label, label!, before, since, until'

/**
 * A test for `--filter` of `images`: several of `reference` are alternatives, all else must hold.
 * Throws `UsageError`.
 */
export async function parseImageFilters(
  texts: readonly string[],
  store: Pick<LocalStore, 'documents' | 'resolve'>,
): Promise<Test> {
  const references: ((named: NamedImage) => boolean)[] = []
  const tests: Test[] = []
  for (const text of texts) {
    const [, key, value = ''] = /^([a-z]+!?)=(.+)$/s.exec(text) ?? []
    if (key === 'reference') references.push(await nameMatcher(value))
    else if (key === 'dangling') tests.push(isDangling(parseBoolean('--filter dangling', value)))
    else if (key === 'label') tests.push(hasLabel(value, store))
    else if (key === 'label!') tests.push(lacksLabel(value, store))
    else if (key === 'until') tests.push(isOlder(readAge(text, value, Date.now())))
    else if (key === 'before' || key === 'since') tests.push(await isCreated(key, value, store))
    else throw new UsageError(`invalid --filter "${text}": expected KEY=VALUE with one of ${keys}`)
  }
  return async (named) => {
    if (references.length > 0 && !references.some((test) => test(named))) return false
    for (const test of tests) if (!(await test(named))) return false
    return true
  }
}

function isDangling(wanted: boolean): Test {
  return ({ image }) => (image.names.length === 0) === wanted
}

function hasLabel(text: string, store: Pick<LocalStore, 'documents'>): Test {
  const [, name = text, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  return async ({ image }) => {
    const { config } = await store.documents(image.descriptor.digest)
    const labels = config?.config?.Labels ?? {}
    return Object.hasOwn(labels, name) && (value === undefined || labels[name] === value)
  }
}

function lacksLabel(text: string, store: Pick<LocalStore, 'documents'>): Test {
  const test = hasLabel(text, store)
  return async (named) => !(await test(named))
}

/** Created at least so many seconds ago. */
function isOlder(seconds: number): Test {
  const bound = new Date(Date.now() - seconds * 1000).toISOString()
  return ({ image: { created = '' } }) => created < bound
}

async function isCreated(key: 'before' | 'since', name: string, store: Pick<LocalStore, 'resolve'>): Promise<Test> {
  const { created: bound = '' } = await store.resolve(name)
  return ({ image: { created = '' } }) => (key === 'before' ? created < bound : created > bound)
}
