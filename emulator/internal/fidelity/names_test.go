package fidelity

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// spelled is a string literal of the code.
type spelled struct {
	text string
	file string
	line int
}

// readNames finds the string literals of the API's code, below the root of the
// repository.
func readNames(root string) (all []spelled, err error) {
	literal := regexp.MustCompile(`"([A-Za-z][A-Za-z0-9-]*)"`)
	err = walk(root, func(path, name string) error {
		if !scanned(name) {
			return nil
		}
		text, err := os.ReadFile(path)
		lines := bufio.NewScanner(bytes.NewReader(text))
		for n := 1; lines.Scan(); n++ {
			for _, m := range literal.FindAllStringSubmatch(lines.Text(), -1) {
				all = append(all, spelled{text: m[1], file: name, line: n})
			}
		}
		return err
	})
	return all, err
}

// scanned tells whether the headers and parameters that a file spells out are the
// API's: all of the emulator's code, and of package signer what reads the
// signature.
func scanned(name string) bool {
	if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
		return false
	}
	for _, other := range [...]string{
		"emulator/internal/control/", "emulator/cosemutest/", "emulator/internal/paste/", "emulator/internal/seed/", // another API, or none
		"emulator/internal/bucketcfg/", "emulator/internal/policy/", "emulator/internal/cors/cors.go", // names in documents
	} {
		if strings.HasPrefix(name, other) {
			return false
		}
	}
	return name == "signer/claim.go" || strings.HasPrefix(name, "emulator/")
}

// headerLike matches what looks like a header, or like the beginning of one.
func headerLike() *regexp.Regexp {
	return regexp.MustCompile(`^(?i:x-(cos|cosemu|tc)-[a-z0-9-]+|pic-operations|` +
		`Accept-Ranges|Access-Control-[a-z-]+|Cache-Control|Content-(Disposition|Encoding|Language|Length|MD5|Range|Type)|` +
		`ETag|If-(Match|None-Match|Modified-Since|Unmodified-Since|Range)|Last-Modified|Retry-After|Transfer-Encoding)$|` +
		// Words that are something else in lower case.
		`^(Authorization|Age|Allow|Date|Expect|Expires|Location|Origin|Range|Referer|Server|Vary)$`)
}

// checkNames holds the rows of headers and parameters against what the code
// spells out, in both directions. Whether a header is read or answered it cannot
// tell: the requests of the tests show that.
func checkNames(rows []row, literals []spelled) (wrong []string) {
	header := headerLike()
	used := map[string]bool{}
	for _, l := range literals {
		known := !header.MatchString(l.text) || strings.HasPrefix(l.file, "emulator/internal/form/") && l.text == "x-cos-"
		for i := range rows {
			if rows[i].spelt(l.text) {
				known = true
				used[rows[i].id()] = true
			}
		}
		if !known {
			wrong = append(wrong, fmt.Sprintf("%s:%d: the code knows %q, the tables of emulator/internal/fidelity (headers_test.go, params_test.go) do not: give it a row there", l.file, l.line, l.text))
		}
	}
	for i := range rows {
		if !used[rows[i].id()] && !strings.HasPrefix(rows[i].name, "x-amz-") { // made of COS's names, by package dialect
			wrong = append(wrong, fmt.Sprintf("the code knows no %q: take the row out", rows[i].id()))
		}
	}
	return slices.Compact(wrong)
}

// spelt tells whether a literal is the name of the row, or begins it.
func (r *row) spelt(literal string) bool {
	if r.kind != kindParam {
		literal = strings.ToLower(literal)
	}
	name := strings.TrimSuffix(r.name, "*")
	return name == literal || strings.HasSuffix(literal, "-") && strings.HasPrefix(name, literal)
}
