import type { ErrorCode } from '@tsbuild/errors'

/** Cause and remedy of errors of registries, servers and the way to them. */
export const networkErrors = {
  BUCKET_CREDENTIALS: 'No usable credentials for an object store | Follow the hint; docs/cache.md lists the places',
  BUCKET_FAILED: 'An object store refuses a request | Check the name and the rights; follow the hint',
  CLOUD_CREDENTIALS:
    'The machine has no usable identity at a cloud | Follow the hint; docs/registries.md and docs/cache.md list the places',
  CLOUD_FAILED: 'A service for identities of a cloud refuses or is silent | Check the rights of the identity',
  CREDENTIALS_UNREADABLE: 'A credential file or helper cannot be used | Correct the file, or install the helper',
  GIT_UNREACHABLE: 'A git server cannot be reached, or refuses access | Check address, network and credentials',
  NETWORK_ERROR: 'A network call of a library failed | Check the network; `causes` has the details',
  REGISTRY_BLOCKED:
    'registries.conf blocks the registry | Use another registry, or remove `blocked` from the file that the message names',
  REGISTRY_CONFIG_INVALID:
    'A file with certificates or settings of registries cannot be used | Correct the file of the message',
  REGISTRY_DENIED: 'The account may not use the repository | Check the name, and log in: tsbuild login',
  REGISTRY_MANIFEST_INVALID: 'A manifest is not one, or the registry refuses it | Follow the hint',
  REGISTRY_NOT_FOUND: 'The registry has no such image or repository | Check the name and the tag',
  REGISTRY_PROTOCOL: 'The server does not answer as a registry | Check the name of the registry',
  REGISTRY_QUOTA: 'The quota of the account or repository is used up | Remove old images there, or get a higher quota',
  REGISTRY_TAG_IMMUTABLE: 'The tag exists and may not name another image | Push under another tag',
  REGISTRY_TIMEOUT: 'The registry answers too slowly | Check the network, and try again',
  REGISTRY_TLS:
    'The registry does not speak TLS, or its certificate is not trusted | Follow the hint; docs/registries.md has the places',
  REGISTRY_TOO_LARGE: 'An answer is larger than is read, or the registry refuses the size | Make the image smaller',
  REGISTRY_TOO_MANY_REQUESTS: 'The registry limits requests | Wait, or log in: tsbuild login',
  REGISTRY_UNAUTHORIZED:
    'The registry wants other credentials, or has no such name | Check the name, and log in: tsbuild login',
  REGISTRY_UNAVAILABLE: 'The registry has a fault | Try again later',
  REGISTRY_UNREACHABLE: 'The registry cannot be reached | Check name and network; follow the hint',
  REGISTRY_WRONG_CONTENT:
    'The registry or a proxy sent other content than requested | Try again; look for such a proxy',
  REMOTE_INVALID: 'A server of the Remote Execution API sent a wrong answer | Check the address and the server',
  REMOTE_REFUSED: 'A server of the Remote Execution API refuses a call | Check token, headers, instance and rights',
  REMOTE_UNAVAILABLE:
    'A server of the Remote Execution API cannot be reached or has no capacity | Check address and network; try again',
  SOURCE_REFUSED: 'A web server has a fault, or refuses access | Check the credentials, or try again',
  SOURCE_UNREACHABLE: 'A web server cannot be reached | Check the address and the network',
} as const satisfies Partial<Record<ErrorCode, string>>
