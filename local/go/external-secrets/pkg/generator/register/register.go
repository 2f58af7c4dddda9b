// Package register takes the place of External Secrets' own package of this name, which imports every generator and
// with them the SDKs of several clouds. Nothing here uses a generator.
package register
