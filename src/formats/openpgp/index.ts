/**
 * OpenPGP (RFC 4880, RFC 9580), as far as package repositories need it: keyrings and cleartext signatures, of version 4,
 * by RSA and Ed25519.
 */
export { type KeyringKey, readKeyring } from './keyring.ts';
export { type VerifiedText, type VerifyOptions, verifyCleartext } from './verify.ts';
