import { CodedError } from '@holdfast/core';

export function isKeyName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{0,63}$/.test(name);
}

/** Throws `key.name-malformed`: a name becomes a file's, or a path in a key management system. */
export function assertKeyName(name: string): void {
  if (!isKeyName(name)) {
    throw new CodedError('key.name-malformed', 'A key is named with lower-case letters, digits, dots and dashes.', {
      name: name.slice(0, 64),
    });
  }
}

export function keyUnknown(name: string): CodedError {
  return new CodedError('key.unknown', `There is no key named ${name}.`, { name });
}

export function otherAlgorithm(name: string, algorithm: string): CodedError {
  return new CodedError('key.other-algorithm', `The key named ${name} is for another algorithm than ${algorithm}.`, {
    name,
    algorithm,
  });
}
