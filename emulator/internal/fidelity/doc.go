// Package fidelity makes emulator/FIDELITY.md: every behaviour of the API (a
// call, a header, a parameter, a code, a lenient reading), the public source
// that it follows, and the tests that hold it. No other package of the program
// uses it; the tests of package emulator do.
//
// The rows are not written by hand where the code has a table of its own:
//
//	call      the operation table, which names the page of each
//	header    the request headers that are read: headers.go
//	answer    the headers that are answered: headers.go
//	param     the query parameters that are read: params.go
//	code      the table of package coserr, as far as the code uses it; words.go
//	reading   signer.Leniencies
//
// The tables of this package are held against the code in both directions: a
// header, parameter or call that the code has and a table lacks fails the test
// TestFidelity of package emulator, and so does the reverse.
//
// # How to mark a test
//
// Write the rows that a test holds into its doc comment, or into a comment
// anywhere in its body, for instance above the subtest:
//
//	// TestAppend: the position is the length so far.
//	//
//	// holds: call AppendObject; param position; answer x-cos-next-append-position
//	// holds: code AppendPositionErr; code ObjectNotAppendable
//	func TestAppend(t *testing.T) {
//
// In JavaScript and Java `// holds: …`, in Python `# holds: …`, above the test.
// Then run `make fidelity`, look at what changed in emulator/FIDELITY.md, and
// commit it along. After a conflict in that file, or a rebase, run it again.
//
// A row's name is what stands in the first column of FIDELITY.md behind the
// kind of the row. An action that several rows of the operation table share
// is followed by `?` and the sub-resource, except for the row that has none.
//
// Mark the test that would fail if the behaviour were gone, not one that
// happens to pass by it. A mark that no request bears out fails: the tests of
// package emulator note what each of them really sent and was answered, and a
// run of all of them fails where a marked test never made the call, never sent
// the header or the parameter, was never answered the header or the code, or
// never needed the reading. What the code answers and no table knows fails too.
package fidelity
