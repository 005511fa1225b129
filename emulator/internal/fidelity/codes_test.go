package fidelity

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// codeRows returns a row for each code that the emulator answers, and the names of
// those that are LATER.
func codeRows() (rows []row, later []string) {
	for _, e := range coserr.Entries() {
		name := e.Code
		if len(rows) > 0 && rows[len(rows)-1].name == name { // a second one of that code
			name = fmt.Sprintf("%s/%d", e.Code, e.Status)
		}
		if e.Later {
			later = append(later, name)
			continue
		}
		r := row{kind: kindCode, name: name, what: fmt.Sprintf("%d `%s`", e.Status, e.Message), source: page(e.Code) + "; " + e.Source}
		for _, o := range otherStatuses() {
			if string(o.code) == name {
				r.what += fmt.Sprintf(", %d by %s", o.status, o.source)
			}
		}
		rows = append(rows, r)
	}
	return rows, later
}

// page is where a code is listed.
func page(of string) string {
	switch coserr.Code(of) {
	case coserr.FileAlreadyExists:
		return "COS docs: PUT Object (newer versions of the page)"
	case coserr.PathStyleDomainForbidden:
		return "seen: gobackup issues 233 and 268"
	}
	return "COS docs: 错误码"
}

type otherStatus struct {
	code   coserr.Code
	status int
	source string
}

// otherStatuses are those with which a code comes beside its own.
func otherStatuses() []otherStatus {
	return []otherStatus{
		{coserr.InvalidRequest, http.StatusConflict, "choice 217"},
		{coserr.InvalidRequest, http.StatusExpectationFailed, "choice 38"},
		{coserr.InvalidRequest, http.StatusRequestHeaderFieldsTooLarge, "choice 38"},
		{coserr.InvalidRequest, http.StatusHTTPVersionNotSupported, "choice 38"},
	}
}

// stsCodeRows are the error codes of STS.
func stsCodeRows(t *testing.T) []row {
	text, err := os.ReadFile("../identity/sts/errors.go")
	require.NoError(t, err)
	// The codes that the SDK lists for STS. The others all services of the cloud's API have in common.
	own := regexp.MustCompile(`^(UnauthorizedOperation|UnsupportedOperation|(FailedOperation|InvalidParameter|ResourceNotFound)\..*)$`)
	var rows []row
	for _, m := range regexp.MustCompile(`(?m)^\t\w+ +Code = "(.+)"$`).FindAllSubmatch(text, -1) {
		r := row{kind: kindCode, name: stsPrefix + string(m[1]), what: "200, as all of STS", source: "CAM docs: 公共错误码; choice 277"}
		if own.Match(m[1]) {
			r.source = "sdk: tencentcloud-sdk-go sts/v20180813 errors.go; choice 277"
		}
		rows = append(rows, r)
	}
	require.NotEmpty(t, rows)
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.name, b.name) })
	return rows
}
