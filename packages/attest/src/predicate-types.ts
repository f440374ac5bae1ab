/** Type of statements whose predicate is an SPDX document. */
export const spdxPredicate = 'https://spdx.dev/Document'
