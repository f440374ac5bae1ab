// Pushes two images at once, to two registries that demand different logins.
import { build, type Credential } from 'tsbuild'

/** Registry, user name and password, twice, then the directory of the store. */
const [first = '', user = '', password = '', second = '', other = '', secret = '', root = 'store'] =
  process.argv.slice(2)

async function push(registry: string, credential: Credential): Promise<string> {
  const { digest = '' } = await build({
    context: { Dockerfile: 'FROM scratch\nCOPY name /\n', name: registry },
    root,
    tags: [`${registry}/app:1`],
    push: true,
    credentials: (asked) => (asked === registry ? credential : undefined),
  })
  return digest
}

const digests = await Promise.all([
  push(first, { username: user, password }),
  push(second, { username: other, password: secret }),
])
console.log(digests.join('\n'))
