import { isIP } from 'node:net'
import { suggest } from '@tsbuild/dockerfile'
import { knownArchitectures, parsePlatform, parseReference } from '@tsbuild/oci'
import { grantForms, isGrant } from '../../option-words.ts'
import { isReapiUrl } from '../../reapi/server-options.ts'
import { type Check, OptionError, text, wrongValue } from './option-value.ts'

/** The name of an image. */
export const imageName: Check = parsed('the name of an image such as "registry.example/app:1.0"', parseReference)

const anyPlatform = parsed('a platform such as "linux/arm64"', parsePlatform)

/** A platform. An unknown architecture may be a new one, unless it looks like a typing error. */
export const platform: Check = (value, path) => {
  anyPlatform(value, path)
  const { architecture } = parsePlatform(String(value))
  const near = knownArchitectures.has(architecture) ? undefined : suggest(architecture, knownArchitectures)
  if (near === undefined) return
  const suggestion = String(value).replace(architecture, near)
  throw new OptionError(path, `option "${path}" has an unknown architecture: "${architecture}"`, {
    hint: `did you mean "${suggestion}"?`,
    suggestion,
  })
}

/** The address of a host. */
export const address: Check = parsed('an IP address or "host-gateway"', (given) => {
  if (given !== 'host-gateway' && isIP(given) === 0) throw new TypeError('no address')
})

/** The address of a server of the Remote Execution API. */
export const reapiUrl: Check = parsed('"grpc://HOST:PORT" or "grpcs://HOST:PORT"', (given) => {
  if (!isReapiUrl(given)) throw new TypeError('no address')
})

/** A right of `allow`. */
export const grant: Check = parsed(`one of ${grantForms.join(', ')}`, (given) => {
  if (!isGrant(given)) throw new TypeError('no grant')
})

/** A string that `parse` takes; `expected` describes one. */
function parsed(expected: string, parse: (text: string) => unknown): Check {
  return (value, path) => {
    text(value, path)
    const given = String(value)
    try {
      parse(given)
    } catch {
      throw wrongValue(path, expected, JSON.stringify(given.slice(0, 60)))
    }
  }
}
