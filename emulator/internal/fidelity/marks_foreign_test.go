package fidelity

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// foreignTest tells whether a file is a test in another language than Go: one
// of the suites of testdata/clients.
func foreignTest(name string) bool {
	if !strings.HasPrefix(name, "testdata/clients/") {
		return false
	}
	switch path.Ext(name) {
	case ".mjs", ".js", ".py", ".java":
		return true
	}
	return false
}

// foreignMarks reads the marks of a file in JavaScript, Python or Java. The
// test of a mark is the one that begins behind it, nothing but comments and
// annotations between.
func foreignMarks(name string, text []byte) (claims []claim, wrong []string) {
	mark := regexp.MustCompile(`^\s*(?://|#)\s*` + markPrefix + `\s*(.*)$`)
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		m := mark.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		title := nextTest(lines[i+1:])
		if title == "" {
			wrong = append(wrong, fmt.Sprintf("%s:%d: the mark stands over no test", name, i+1))
			continue
		}
		rows, msg := splitMark(m[1])
		if msg != "" {
			wrong = append(wrong, fmt.Sprintf("%s:%d: %s", name, i+1, msg))
		}
		for _, row := range rows {
			claims = append(claims, claim{row: row, folder: path.Dir(name), test: title, file: name, line: i + 1})
		}
	}
	return claims, wrong
}

// nextTest is the title of the test that lines begin with.
func nextTest(lines []string) string {
	titles := []*regexp.Regexp{
		regexp.MustCompile("^\\s*(?:await )?(?:t\\.)?(?:test|it)\\(\\s*['\"`](.+?)['\"`]\\s*,"),
		regexp.MustCompile(`^\s*(?:async )?def (test_\w+)\(`),
		regexp.MustCompile(`^\s*(?:public )?void (\w+)\(`),
	}
	annotated := false
	for _, line := range lines {
		text := strings.TrimSpace(line)
		switch {
		case text == "" || strings.HasPrefix(text, "//") || strings.HasPrefix(text, "#") || strings.HasPrefix(text, "*") || strings.HasPrefix(text, "/*"):
			continue
		case strings.HasPrefix(text, "@"):
			annotated = annotated || strings.HasPrefix(text, "@Test") || strings.HasPrefix(text, "@ParameterizedTest")
			continue
		}
		for i, title := range titles {
			if m := title.FindStringSubmatch(line); m != nil && (i < 2 || annotated) {
				return m[1]
			}
		}
		return ""
	}
	return ""
}
