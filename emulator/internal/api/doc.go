// Package api takes one request of the COS API from its first byte to its
// answer: the pipeline, the judge, the answer, the record, and the explanation of
// what was refused. Package emulator is its face, and its package comment walks
// one signed PUT through the rooms.
package api
