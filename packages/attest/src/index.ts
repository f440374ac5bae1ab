export { encodeStatement, type Statement, statementMediaType, type Subject } from './statement.ts'
