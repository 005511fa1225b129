//go:build !race

package emulator_test

// caseStride 1: the negative matrix takes every case.
const caseStride = 1
