package fidelity_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/fidelity"
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
	claims, wrong, err := fidelity.ReadMarks(root)
	require.NoError(t, err)
	require.Empty(t, wrong)
	require.Equal(t, []fidelity.Claim{
		{Row: "call PutObject", Package: "a", Test: "TestDoc", File: "a/a_test.go", Line: 5},
		{Row: "code NoSuchKey", Package: "a", Test: "TestDoc", File: "a/a_test.go", Line: 5},
		{Row: "header x-cos-acl", Package: "a", Test: "TestDoc", File: "a/a_test.go", Line: 7},
		{Row: "answer etag", Package: "a", Test: "FuzzIt", File: "a/a_test.go", Line: 11},
		{Row: "param prefix", Package: "a", Test: "ExampleIt", File: "a/a_test.go", Line: 14},
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
		claims, wrong, err := fidelity.ReadMarks(tree(t, map[string]string{"a_test.go": "package a\n\n" + code}))
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
	claims, wrong, err := fidelity.ReadMarks(root)
	require.NoError(t, err)
	var got []string
	for _, c := range claims {
		got = append(got, c.Package+" "+c.Test+": "+c.Row)
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
	row := fidelity.Row{Kind: fidelity.Call, Name: "PutObject", What: "`PUT /<key>`", Source: "COS docs: PUT Object; choice 58"}
	claim := fidelity.Claim{Row: "call PutObject", Package: "emulator", Test: "TestA", File: "a_test.go", Line: 1}
	changed := func(change func(*fidelity.Row)) fidelity.Row { r := row; change(&r); return r }
	other := claim
	other.Row = "call Other"
	for name, c := range map[string]struct {
		rows   []fidelity.Row
		claims []fidelity.Claim
		wrong  string
	}{
		"right":            {[]fidelity.Row{row}, []fidelity.Claim{claim}, ""},
		"no test":          {[]fidelity.Row{row}, nil, `no test holds "call PutObject"`},
		"a mark too many":  {[]fidelity.Row{row}, []fidelity.Claim{claim, other}, `"call Other", which is no row`},
		"twice":            {[]fidelity.Row{row, row}, []fidelity.Claim{claim}, "twice"},
		"no source":        {[]fidelity.Row{changed(func(r *fidelity.Row) { r.Source = "" })}, []fidelity.Claim{claim}, "is none of"},
		"hearsay":          {[]fidelity.Row{changed(func(r *fidelity.Row) { r.Source = "somebody said so" })}, []fidelity.Claim{claim}, "is none of"},
		"no such choice":   {[]fidelity.Row{changed(func(r *fidelity.Row) { r.Source = "choice 59" })}, []fidelity.Claim{claim}, "choice 59 is not in"},
		"says nothing":     {[]fidelity.Row{changed(func(r *fidelity.Row) { r.What = "" })}, []fidelity.Claim{claim}, "does not say"},
		"one of two wrong": {[]fidelity.Row{changed(func(r *fidelity.Row) { r.Source = "COS docs: PUT Object; hearsay" })}, []fidelity.Claim{claim}, "is none of"},
	} {
		table, wrong := fidelity.NewTable(c.rows, nil, c.claims, map[string]bool{"58": true})
		if c.wrong == "" {
			require.Empty(t, wrong, name)
			require.Contains(t, string(table.Markdown()), "| `PutObject` | `PUT /<key>` | COS docs: PUT Object; choice 58 | emulator TestA |\n")
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
	literals, err := fidelity.ReadLiterals(root)
	require.NoError(t, err)
	got := map[string]string{}
	for _, l := range literals {
		got[l.Name] = string(l.Kinds[0])
		if len(l.Kinds) > 1 {
			got[l.Name] = "either"
		}
	}
	require.Equal(t, map[string]string{
		"x-cos-acl": "header", "referer": "header", "x-cos-version-id": "answer", "x-cos-trace-id": "answer",
		"x-cos-copy-source-": "header", "prefix": "param", "x-cos-object-type": "either",
	}, got)

	rows := []fidelity.Row{
		{Kind: fidelity.Header, Name: "x-cos-acl"},
		{Kind: fidelity.Header, Name: "referer"},
		{Kind: fidelity.Answer, Name: "x-cos-version-id"},
		{Kind: fidelity.Answer, Name: "x-cos-trace-id"},
		{Kind: fidelity.Header, Name: "x-cos-copy-source-if-match"},
		{Kind: fidelity.Param, Name: "prefix"},
		{Kind: fidelity.Answer, Name: "x-cos-object-type"},
	}
	require.Empty(t, fidelity.CheckLiterals(rows, literals))
	for i := range rows { // without each of them the code knows one more
		fewer := append(append([]fidelity.Row{}, rows[:i]...), rows[i+1:]...)
		wrong := fidelity.CheckLiterals(fewer, literals)
		require.Len(t, wrong, 1, rows[i].Name)
		require.Contains(t, wrong[0], "emulator/a.go:")
		other := append(append([]fidelity.Row{}, rows...), fidelity.Row{Kind: rows[i].Kind, Name: "x-cos-more"})
		require.Len(t, fidelity.CheckLiterals(other, literals), 1, "a row that the code does not know")
	}
	require.Contains(t, strings.Join(fidelity.CheckLiterals([]fidelity.Row{{Kind: fidelity.Answer, Name: "x-cos-acl"}}, literals), "\n"),
		`the header "x-cos-acl"`, "read and only answered by the table")
}

func TestCallNames(t *testing.T) {
	ops := []fidelity.Operation{
		{Action: "PutObject", Method: "PUT", Target: "Object", Source: "PUT Object"},
		{Action: "PutObject", Method: "PUT", Target: "Object", Sub: "x-cos-copy-source", Source: "PUT Object - Copy"},
		{Action: "ListParts", Method: "GET", Target: "Object", Sub: "uploadId", Source: "List Parts; choice 180"},
	}
	require.Equal(t, []string{"PutObject", "PutObject?x-cos-copy-source", "ListParts"}, fidelity.CallNames(ops))
	rows, wrong := fidelity.CallRows(append(ops, fidelity.Operation{Action: "Unheard", Method: "GET", Target: "Bucket"}))
	require.NotEmpty(t, wrong, "a call without a source")
	require.Equal(t, "COS docs: PUT Object", rows[0].Source)
	require.Contains(t, rows[3].Source, "missing", "which is no source, and fails")
}
