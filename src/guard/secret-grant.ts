/** The grant that lets secrets be in images. */
export const secretGrant = 'secret-in-layer'
