import type { ProvenanceFacts } from './facts.ts'

/**
 * The facts without anything that could be private: values of arguments and labels, ids of secrets,
 * steps and the Dockerfile.
 */
export function minimalFacts(facts: ProvenanceFacts): ProvenanceFacts {
  const { details: _details, ...published } = facts
  const args = Object.entries(facts.request.args).filter(
    ([key]) => !key.startsWith('build-arg:') && !key.startsWith('label:'),
  )
  return {
    ...published,
    request: { args: Object.fromEntries(args), secrets: [], ssh: [], locals: facts.request.locals },
    requestComplete: facts.requestComplete && args.length === Object.keys(facts.request.args).length,
  }
}
