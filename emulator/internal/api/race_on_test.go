//go:build race

package api_test

// caseStride: under the race detector, where everything takes ten times as
// long, the negative matrix takes each so manieth case.
const caseStride = 25
