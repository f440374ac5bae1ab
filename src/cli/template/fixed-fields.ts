/**
 * An object with all the fields that it can have: a template that names another one is refused, as
 * Docker does. Members of other objects, such as labels, may be missing.
 */
export class FixedFields {
  constructor(fields: Readonly<Record<string, unknown>>) {
    Object.assign(this, fields)
  }
}
