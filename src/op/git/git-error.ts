import { SourceError } from '../transfer/source-error.ts'

const notThere = /not found|does not exist|not exported/i
const refused = /could not read (username|password)|authentication failed|permission denied \(|returned error: 40[137]/i
const unreachable =
  /unable to access|unable to (connect|look up)|could not resolve|could not read from remote|connection (refused|reset|timed out|closed)|network is unreachable|no route to host|early eof|hung up|unexpected disconnect|rpc failed|host key verification failed|^no end after/im
/** Messages that git also prints for local errors, or for refused operations. */
const local = /no space left|not allowed|blocked/i

/**
 * Error of a git command that failed for this reason. A failing server has another code than a
 * wrong address.
 */
export function gitError(command: string, reason: string): SourceError {
  const message = `git ${command} failed: ${reason}`
  if (local.test(reason)) return new SourceError('GIT_FAILED', message)
  if (refused.test(reason)) {
    const hint =
      'check the address; for a private repository pass a token: --secret id=GIT_AUTH_TOKEN,src=FILE, or the keys of an agent: --ssh default'
    return new SourceError('GIT_UNREACHABLE', message, { hint })
  }
  if (notThere.test(reason)) {
    return new SourceError('GIT_FAILED', message, { hint: 'check the address' })
  }
  if (!unreachable.test(reason)) return new SourceError('GIT_FAILED', message)
  return new SourceError('GIT_UNREACHABLE', message, {
    hint: 'check the address and the network; a proxy is taken from HTTPS_PROXY',
  })
}
