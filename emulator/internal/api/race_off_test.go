//go:build !race

package api_test

// caseStride 1: the negative matrix takes every case.
const caseStride = 1
