package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNotices: the output has each module of the program with the text of its licence.
func TestNotices(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, write(&out, "github.com/cosemu/cosemu/cmd/cosemu"))
	text := out.String()
	for _, part := range []string{
		"\nGo go1.", "\ngithub.com/gorilla/mux v", "\ngithub.com/spf13/afero v", "\ngithub.com/google/uuid v", "\ngithub.com/cockroachdb/pebble/v2 v",
		"Redistribution and use in source and binary forms", "Apache License",
		"\npreact, in the web pages", "\nhtm, in the web pages", "\nopenapi-explorer, in the web pages", "lit-html 2.",
	} {
		require.Contains(t, text, part)
	}
	require.NotContains(t, text, "github.com/stretchr/testify", "tests are not in the program")
	require.NotContains(t, text, "github.com/cosemu/cosemu v")
}

func TestAModuleWithoutLicence(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "NOTICE"), nil, 0o600))
	_, err := licences(module{"example.com/bare v1", dir})
	require.ErrorContains(t, err, "example.com/bare v1 has no licence")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "LICENSE.md"), nil, 0o600))
	files, err := licences(module{"example.com/free v1", dir})
	require.NoError(t, err)
	require.Len(t, files, 2, "its notice goes with it")
}
