package signer_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

// mutation changes one thing about a signed request; false: it does not apply.
type mutation struct {
	name   string
	change func(req *signer.Request, c *signer.Claim, secret *string) bool
}

// mutations must each break every signature they apply to.
func mutations() []mutation {
	return []mutation{
		{"signature flipped", func(_ *signer.Request, c *signer.Claim, _ *string) bool {
			c.Signature = flipLast(c.Signature)
			return true
		}},
		{"other key", func(_ *signer.Request, _ *signer.Claim, secret *string) bool {
			*secret += "x"
			return true
		}},
		{"secret with a line break", func(_ *signer.Request, _ *signer.Claim, secret *string) bool {
			*secret += "\n"
			return true
		}},
		{"other method", func(req *signer.Request, _ *signer.Claim, _ *string) bool {
			req.Method = map[string]string{"PUT": "POST", "POST": "PUT", "GET": "HEAD", "HEAD": "GET", "DELETE": "GET"}[req.Method]
			return true
		}},
		{"other key name", func(req *signer.Request, _ *signer.Claim, _ *string) bool {
			req.Path += "x"
			return true
		}},
		{"key encoded once more", func(req *signer.Request, _ *signer.Claim, _ *string) bool {
			twice := strings.ReplaceAll(req.Path, "%", "%25")
			// A percent sign that is no escape means the same either way.
			changed := signer.Decode(twice) != signer.Decode(req.Path)
			req.Path = twice
			return changed
		}},
		{"slash doubled", func(req *signer.Request, _ *signer.Claim, _ *string) bool {
			req.Path = "/" + req.Path
			return true
		}},
		{"other host", func(req *signer.Request, c *signer.Claim, _ *string) bool {
			req.Host = "x" + req.Host
			return slices.Contains(c.HeaderList, "host")
		}},
		{"later sign-time", func(_ *signer.Request, c *signer.Claim, _ *string) bool {
			// Where the two were equal, key-time still is what was signed; it
			// bounds the validity by itself.
			differed := c.SignTime.Raw != c.KeyTime.Raw
			c.SignTime = signer.ParseTimeRange(strings.Replace(c.SignTime.Raw, ";", ";1", 1))
			return differed
		}},
		{"later key-time", func(_ *signer.Request, c *signer.Claim, _ *string) bool {
			c.KeyTime = signer.ParseTimeRange(c.KeyTime.Raw + "0")
			return true
		}},
		{"other algorithm", func(_ *signer.Request, c *signer.Claim, _ *string) bool {
			c.Algorithm = "sha256"
			return true
		}},
		{"one more listed parameter", func(req *signer.Request, c *signer.Claim, _ *string) bool {
			req.Params = append(req.Params, signer.Param{Name: "extra"})
			c.ParamList = append(slices.Clone(c.ParamList), "extra")
			return true
		}},
		{"one more listed header", func(req *signer.Request, c *signer.Claim, _ *string) bool {
			req.Header.Set("X-Extra", "1")
			c.HeaderList = append(slices.Clone(c.HeaderList), "x-extra")
			return true
		}},
	}
}

// fieldMutations are those for each signed header and parameter of a request.
func fieldMutations(req *signer.Request, c *signer.Claim) []mutation {
	var all []mutation
	for name := range req.Header {
		low := strings.ToLower(name)
		if !slices.Contains(c.HeaderList, low) {
			continue
		}
		all = append(all,
			mutation{"changed header " + low, func(req *signer.Request, _ *signer.Claim, _ *string) bool {
				req.Header[name] = []string{req.Header[name][0] + "; x"}
				return true
			}},
			mutation{"repeated header " + low, func(req *signer.Request, _ *signer.Claim, _ *string) bool {
				req.Header[name] = append(slices.Clone(req.Header[name]), "x")
				return true
			}},
			mutation{"dropped header " + low, func(req *signer.Request, _ *signer.Claim, _ *string) bool {
				delete(req.Header, name)
				// A token that also stands in the query is taken from there.
				return low != signer.TokenName || c.TokenCarrier == signer.CarrierHeader && !hasParam(req, signer.TokenName)
			}},
			mutation{"unlisted header " + low, func(_ *signer.Request, c *signer.Claim, _ *string) bool {
				c.HeaderList = slices.DeleteFunc(slices.Clone(c.HeaderList), func(s string) bool { return s == low })
				return true
			}},
		)
	}
	for i, p := range req.Params {
		low := strings.ToLower(signer.DecodeForm(p.Name))
		if !slices.Contains(c.ParamList, low) {
			continue
		}
		all = append(all,
			mutation{"changed parameter " + low, func(req *signer.Request, _ *signer.Claim, _ *string) bool {
				req.Params[i].Value += "x"
				return true
			}},
			mutation{"dropped parameter " + low, func(req *signer.Request, _ *signer.Claim, _ *string) bool {
				req.Params = slices.Delete(req.Params, i, i+1)
				return true
			}},
			mutation{"repeated parameter " + low, func(req *signer.Request, _ *signer.Claim, _ *string) bool {
				req.Params = append(req.Params, req.Params[i])
				return true
			}},
		)
	}
	return all
}

func hasParam(req *signer.Request, name string) bool {
	_, ok := req.Param(name)
	return ok
}

// TestNegativeMatrix breaks every vector that holds in every way that applies.
func TestNegativeMatrix(t *testing.T) {
	hits := map[string]int{}
	for _, f := range loadVectors(t) {
		for _, v := range f.Cases {
			if !v.Holds {
				continue
			}
			req := v.request(t)
			control := signer.Verify(req, mustClaim(t, req), v.SecretKey, signer.VerifyOptions{})
			require.True(t, control.OK, v.ID)
			for _, m := range append(mutations(), fieldMutations(req, mustClaim(t, req))...) {
				req := v.request(t)
				c := mustClaim(t, req)
				secret := v.SecretKey
				if !m.change(req, c, &secret) {
					continue
				}
				res := signer.Verify(req, c, secret, signer.VerifyOptions{})
				require.False(t, res.OK, "%s: %s: %s", v.ID, m.name, res.HttpString)
				require.Empty(t, res.Reading)
				hits[m.name]++
			}
		}
	}
	for _, m := range mutations() {
		require.NotZero(t, hits[m.name], m.name)
	}
	for _, name := range []string{
		"changed header content-type", "dropped header content-md5", "changed header content-length",
		"dropped header x-cos-security-token", "changed parameter versionid", "dropped parameter x-cos-security-token",
		"changed header x-cos-meta-mixed-case", "repeated header x-cos-acl", "unlisted header cache-control",
	} {
		require.NotZero(t, hits[name], name)
	}
	t.Logf("%d kinds of mutation, %d requests", len(hits), total(hits))
}

func total(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

// TestUnsignedChangesAreAllowed is the other half: what is not listed may
// change on the way.
func TestUnsignedChangesAreAllowed(t *testing.T) {
	for _, f := range loadVectors(t) {
		for _, v := range f.Cases {
			if !v.Holds {
				continue
			}
			req := v.request(t)
			c := mustClaim(t, req)
			if !slices.Contains(c.HeaderList, "host") {
				req.Host = "another.example"
			}
			if !slices.Contains(c.HeaderList, "content-type") {
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			if req.Header == nil {
				req.Header = http.Header{}
			}
			req.Header.Set("User-Agent", "curl")
			req.Header.Set("Expect", "100-continue")
			req.Params = append(req.Params, signer.Param{Name: "more", Value: "1", HasValue: true})
			slices.Reverse(req.Params)
			res := signer.Verify(req, c, v.SecretKey, signer.VerifyOptions{})
			require.True(t, res.OK, "%s: %s", v.ID, res.HttpString)
		}
	}
}
