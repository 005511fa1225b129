package ops

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSubResourcesAreNoSignature: the search for a sub-resource passes over the parameters of a
// signature.
func TestSubResourcesAreNoSignature(t *testing.T) {
	subs := NewTable().subs
	require.True(t, subs["acl"])
	for name := range subs {
		require.False(t, strings.HasPrefix(name, "q-"), name)
	}
}
