package fidelity

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/call"
)

// tree writes files below a folder of the test's own.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return root
}

// mark spells a mark so that this file has none.
func mark(text string) string { return "holds" + ": " + text }

func TestMarksOfGo(t *testing.T) {
	root := tree(t, map[string]string{
		"a/a_test.go": "package a\n\n// TestDoc does.\n//\n// " + mark("call PutObject; code NoSuchKey") + "\nfunc TestDoc(t *testing.T) {\n" +
			"\t// " + mark("header x-cos-acl") + "\n\tt.Run(\"sub\", nil)\n}\n\n" +
			"// " + mark("answer etag") + "\nfunc FuzzIt(f *testing.F) {}\n\n// " + mark("param prefix") + "\nfunc ExampleIt() {}\n",
		"a/a.go":                 "package a\n\n// " + mark("call Nothing") + "\nfunc TestDoc() {}\n", // no test file
		"node_modules/x_test.go": "this is no Go, and nobody looks // " + mark("x"),
	})
	claims, wrong, err := readMarks(root)
	require.NoError(t, err)
	require.Empty(t, wrong)
	require.Equal(t, []claim{
		{row: "call PutObject", folder: "a", test: "TestDoc", file: "a/a_test.go", line: 5},
		{row: "code NoSuchKey", folder: "a", test: "TestDoc", file: "a/a_test.go", line: 5},
		{row: "header x-cos-acl", folder: "a", test: "TestDoc", file: "a/a_test.go", line: 7},
		{row: "answer etag", folder: "a", test: "FuzzIt", file: "a/a_test.go", line: 11},
		{row: "param prefix", folder: "a", test: "ExampleIt", file: "a/a_test.go", line: 14},
	}, claims)
}

// TestMarksByNoTest: a mark counts only where `go test` runs what it stands by.
func TestMarksByNoTest(t *testing.T) {
	for name, code := range map[string]string{
		"a helper":                 "// " + mark("call A") + "\nfunc helper(t *testing.T) {}\n",
		"a helper that looks like": "// " + mark("call A") + "\nfunc Testify(t *testing.T) {}\n",
		"too many parameters":      "// " + mark("call A") + "\nfunc TestA(t *testing.T, n int) {}\n",
		"a method":                 "// " + mark("call A") + "\nfunc (s suite) TestA(t *testing.T) {}\n",
		"TestMain":                 "// " + mark("call A") + "\nfunc TestMain(m *testing.M) {}\n",
		"a gap":                    "// " + mark("call A") + "\n\nfunc TestA(t *testing.T) {}\n",
		"a variable":               "// " + mark("call A") + "\nvar x int\n",
		"no kind":                  "// " + mark("verb A") + "\nfunc TestA(t *testing.T) {}\n",
		"no name":                  "// " + mark("call") + "\nfunc TestA(t *testing.T) {}\n",
	} {
		claims, wrong, err := readMarks(tree(t, map[string]string{"a_test.go": "package a\n\n" + code}))
		require.NoError(t, err, name)
		require.Len(t, wrong, 1, name)
		require.Empty(t, claims, name)
	}
}

func TestMarksOfOthers(t *testing.T) {
	root := tree(t, map[string]string{
		"testdata/clients/node/a.test.mjs":                "// " + mark("call GetObject") + "\n\ntest('it downloads', async () => {});\n",
		"testdata/clients/python/test_a.py":               "@pytest.mark.slow\n# " + mark("call PutObject") + "\ndef test_upload(x):\n",
		"testdata/clients/java/src/test/java/ATest.java":  "  // " + mark("code NoSuchKey") + "\n  @Test\n  void missing() throws Exception {\n",
		"testdata/clients/java/src/test/java/BTest.java":  "  // " + mark("code NoSuchKey") + "\n  void helper() {\n",
		"testdata/clients/python/endpoint.py":             "# " + mark("call PutObject") + "\ndef upload():\n",
		"elsewhere/a.py":                                  "# " + mark("call PutObject") + "\ndef upload():\n",
		"testdata/clients/node/node_modules/x/a.test.mjs": "// " + mark("call X") + "\n",
	})
	claims, wrong, err := readMarks(root)
	require.NoError(t, err)
	var got []string
	for _, c := range claims {
		got = append(got, c.folder+" "+c.test+": "+c.row)
	}
	require.ElementsMatch(t, []string{
		"testdata/clients/node it downloads: call GetObject",
		"testdata/clients/python test_upload: call PutObject",
		"testdata/clients/java/src/test/java missing: code NoSuchKey",
	}, got)
	require.Len(t, wrong, 2, "the helper in Java, and the one in Python: %v", wrong)
}

// TestTable: every way in which rows and claims can fail to fit together, and
// beside it the table that is right.
func TestTable(t *testing.T) {
	put := row{kind: kindCall, name: "PutObject", what: "`PUT /<key>`", source: "COS docs: PUT Object; choice 58"}
	held := claim{row: "call PutObject", folder: "emulator", test: "TestA", file: "a_test.go", line: 1}
	changed := func(change func(*row)) row { r := put; change(&r); return r }
	other := held
	other.row = "call Other"
	for name, c := range map[string]struct {
		rows   []row
		claims []claim
		wrong  string
	}{
		"right":            {[]row{put}, []claim{held}, ""},
		"no test":          {[]row{put}, nil, `no test holds "call PutObject"`},
		"a mark too many":  {[]row{put}, []claim{held, other}, `"call Other", which is no row`},
		"twice":            {[]row{put, put}, []claim{held}, "twice"},
		"no source":        {[]row{changed(func(r *row) { r.source = "" })}, []claim{held}, "is none of"},
		"hearsay":          {[]row{changed(func(r *row) { r.source = "somebody said so" })}, []claim{held}, "is none of"},
		"no such choice":   {[]row{changed(func(r *row) { r.source = "choice 59" })}, []claim{held}, "choice 59 is not in"},
		"says nothing":     {[]row{changed(func(r *row) { r.what = "" })}, []claim{held}, "does not say"},
		"one of two wrong": {[]row{changed(func(r *row) { r.source = "COS docs: PUT Object; hearsay" })}, []claim{held}, "is none of"},
	} {
		table, wrong := newTable(c.rows, nil, c.claims, map[string]bool{"58": true})
		if c.wrong == "" {
			require.Empty(t, wrong, name)
			require.Contains(t, string(table.markdown()), "| `PutObject` | `PUT /<key>` | COS docs: PUT Object; choice 58 | emulator TestA |\n")
			continue
		}
		require.Len(t, wrong, 1, "%s: %v", name, wrong)
		require.Contains(t, wrong[0], c.wrong, name)
	}
}

// TestLiterals finds what code reads and answers, and misses no row of it.
func TestLiterals(t *testing.T) {
	root := tree(t, map[string]string{"emulator/a.go": `package emulator

func f(h map[string][]string, q params) {
	_ = first(h, "X-Cos-Acl")
	_ = h["Referer"]
	rep.add("x-cos-version-id", "1")
	h["x-cos-trace-id"] = nil
	_ = first(h, "X-Cos-Copy-Source-"+name)
	_ = q.value("prefix")
	const either = "x-cos-object-type"
	_ = "referer, in lower case, is a word; x-cos-acl in a sentence is none"
}
`, "emulator/internal/control/a.go": "package control\n\nvar _ = first(h, \"X-Cos-Other\")\n", "emulator/a_test.go": "package emulator\n\nvar _ = first(h, \"X-Cos-Unknown\")\n"})
	literals, err := readNames(root)
	require.NoError(t, err)
	var got []string
	for _, l := range literals {
		require.Equal(t, "emulator/a.go", l.file)
		got = append(got, l.text)
	}
	require.Equal(t, []string{
		"X-Cos-Acl", "Referer", "x-cos-version-id", "x-cos-trace-id", "X-Cos-Copy-Source-", "prefix", "x-cos-object-type",
	}, got)

	rows := []row{
		{kind: kindHeader, name: "x-cos-acl"},
		{kind: kindHeader, name: "referer"},
		{kind: kindAnswer, name: "x-cos-version-id"},
		{kind: kindAnswer, name: "x-cos-trace-id"},
		{kind: kindHeader, name: "x-cos-copy-source-if-match"},
		{kind: kindParam, name: "prefix"},
		{kind: kindAnswer, name: "x-cos-object-type"},
	}
	require.Empty(t, checkNames(rows, literals))
	for i := range rows { // without each of them the code knows one more header
		if rows[i].kind == kindParam {
			continue // nothing in its form tells a parameter from other words
		}
		fewer := append(append([]row{}, rows[:i]...), rows[i+1:]...)
		wrong := checkNames(fewer, literals)
		require.Len(t, wrong, 1, rows[i].name)
		require.Contains(t, wrong[0], "emulator/a.go:")
		other := append(append([]row{}, rows...), row{kind: rows[i].kind, name: "x-cos-more"})
		require.Len(t, checkNames(other, literals), 1, "a row that the code does not know")
	}
	require.Equal(t, []string{`the code knows no "param marker": take the row out`},
		checkNames(append(rows, row{kind: kindParam, name: "marker"}), literals))
}

func TestCallNames(t *testing.T) {
	calls := []call.Operation{
		{Name: "PutObject", Method: "PUT", Scope: call.Object},
		{Name: "PutObject", Method: "PUT", Scope: call.Object, Traits: call.Copies},
		{Name: "ListParts", Method: "GET", Scope: call.Object, Sub: "uploadId"},
	}
	require.Equal(t, []string{"PutObject", "PutObject?x-cos-copy-source", "ListParts"}, callNames(calls))
	require.Equal(t, "PUT /<key> with x-cos-copy-source", requestLine(&calls[1]))
	require.Equal(t, "GET /<key>?uploadId", requestLine(&calls[2]))
}
