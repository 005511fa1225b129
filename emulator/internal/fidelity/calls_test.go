package fidelity

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/ops"
)

// callRows are the rows of the operation table.
func callRows() []row {
	calls := ops.Rows()
	slices.SortFunc(calls, func(a, b call.Operation) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Selector(), b.Selector()))
	})
	var rows []row
	for i, name := range callNames(calls) {
		source := calls[i].Source
		if source != "" && !strings.HasPrefix(source, "choice ") {
			source = "COS docs: " + source
		}
		rows = append(rows, row{kind: kindCall, name: name, what: "`" + requestLine(&calls[i]) + "`", source: source})
	}
	return rows
}

// callNames are the names of the rows of calls, in their order.
func callNames(calls []call.Operation) []string {
	count := map[string]int{}
	for i := range calls {
		count[calls[i].Name]++
	}
	names := make([]string, len(calls))
	for i := range calls {
		names[i] = calls[i].Name
		if count[names[i]] > 1 && calls[i].Selector() != "" {
			names[i] += "?" + calls[i].Selector()
		}
	}
	return names
}

// requestLine is the one that selects the operation.
func requestLine(o *call.Operation) string {
	line := o.Method + " /"
	if o.Scope == call.Object {
		line += "<key>"
	}
	switch sub := o.Selector(); {
	case sub == "":
	case strings.HasPrefix(sub, "x-cos-"):
		line += " with " + sub
	default:
		line += "?" + sub
	}
	if o.Scope == call.Service {
		line += " (service)"
	}
	return line
}

// stsPrefix begins the names of rows that are about STS: some of its codes are
// spelt as codes of COS are.
const stsPrefix = "sts:"

// stsCalls are the calls of STS.
func stsCalls() []row {
	var rows []row
	for _, action := range [...]string{"AssumeRole", "GetCallerIdentity", "GetFederationToken"} {
		rows = append(rows, row{kind: kindCall, name: stsPrefix + action, what: "`POST /` or `GET /` with the Action " + action, source: "STS docs: " + action})
	}
	return rows
}
