/** A build that cannot go on, with what to do about it. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
  /** What the user can do; empty if there is nothing. */
  readonly hint: string;

  constructor(message: string, hint = '', options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
