export { createRegistryClient, type RegistryClient, type RegistryClientOptions } from './client.ts'
export { RegistryError, type RegistryErrorCode, type WireError } from './errors.ts'
export {
  type Access,
  drain,
  type Fetch,
  type HttpRequest,
  type HttpResponse,
  readBody,
  statusText,
} from './http.ts'
export {
  type CredentialReport,
  explainRoute,
  type ExplainOptions,
  type HostReport,
  type RouteReport,
} from './explain/explain-route.ts'
export { type HostAnswer } from './explain/ask-host.ts'
export { createHttpClient, type HttpClient, type HttpClientOptions } from './http-client.ts'
export { type Environment } from './keychain/docker-config.ts'
export { canonicalRegistry } from './hosts.ts'
export { chooseProxy, proxySettings } from './proxy-settings.ts'
export { dockerKeychain, listScopes } from './keychain/docker-keychain.ts'
export { type Credential, type FoundCredential, type Keychain } from './keychain/keychain.ts'
export { eraseCredential, saveCredential, type SaveOptions } from './keychain/save-credential.ts'
export { type MirrorEvent } from './middleware/route.ts'
export { type RetryEvent, type RetryPolicy } from './middleware/retry.ts'
export { type Timeouts } from './middleware/timeouts.ts'
export { isTemporaryStatus } from './middleware/retry.ts'
export { type Opened, resume, startOf } from './resume.ts'
export { Repository } from './repository.ts'
export { findRegistryError, summarize } from './summarize.ts'
export { discardContent } from './transfer/reopen.ts'
export { findAlias } from './where/registries-conf.ts'
