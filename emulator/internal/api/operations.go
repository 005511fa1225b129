package api

import (
	"slices"

	"github.com/cosemu/cosemu/emulator/internal/ops"
)

// Operations are the names of all operations, sorted: those of the table, and those of STS. An
// entry of the journal has one of them, or none where the request asks for nothing that is served.
func Operations() []string {
	names := stsActions()
	for _, row := range ops.Rows() {
		names = append(names, row.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ServedOperations are those of the table alone, sorted.
func ServedOperations() []string {
	return slices.DeleteFunc(Operations(), func(name string) bool { return slices.Contains(stsActions(), name) })
}

func stsActions() []string { return []string{"GetFederationToken", "AssumeRole", "GetCallerIdentity"} }
