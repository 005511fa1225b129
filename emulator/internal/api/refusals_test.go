package api_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/testdata/vectors"
)

// refusal is one way to spoil a good request. make returns nil where the way
// does not apply to the case.
type refusal struct {
	name    string
	status  int
	code    string
	message string
	make    func(s *server, c *vectors.Case, claim *signer.Claim) []*message
}

const (
	mismatch        = "SignatureDoesNotMatch"
	mismatchMessage = "The Signature you specified is invalid."
)

// refusals is the negative matrix: one row a mistake.
func refusals() []refusal {
	sameMessage := func(change func(s *server, c *vectors.Case)) func(*server, *vectors.Case, *signer.Claim) []*message {
		return func(s *server, c *vectors.Case, _ *signer.Claim) []*message {
			change(s, c)
			return []*message{replay(c)}
		}
	}
	return []refusal{
		{"signature flipped", 403, mismatch, mismatchMessage, func(_ *server, c *vectors.Case, claim *signer.Claim) []*message {
			return []*message{flipped(c, claim)}
		}},
		{"other secret", 403, mismatch, mismatchMessage, sameMessage(func(s *server, c *vectors.Case) {
			k := vectorKey(c)
			k.SecretKey = "another" + k.SecretKey
			require.NoError(s.tb, s.e.Keys().Add(k))
		})},
		{"other method", 403, mismatch, mismatchMessage, func(_ *server, c *vectors.Case, _ *signer.Claim) []*message {
			m := replay(c)
			m.method = http.MethodPost
			return []*message{m}
		}},
		{"expired", 403, "AccessDenied", "Request has expired", sameMessage(func(s *server, c *vectors.Case) {
			s.clock.Freeze(time.Unix(c.ValidUntil+1, 0))
		})},
		{"expired and flipped", 403, "AccessDenied", "Request has expired", func(s *server, c *vectors.Case, claim *signer.Claim) []*message {
			s.clock.Freeze(time.Unix(c.ValidUntil+1, 0))
			return []*message{flipped(c, claim)}
		}},
		{"an hour early", 403, "RequestTimeTooSkewed", "", sameMessage(func(s *server, c *vectors.Case) {
			s.clock.Freeze(time.Unix(c.ValidFrom, 0).Add(-time.Hour))
		})},
		{"unknown key id", 403, "InvalidAccessKeyId", "The Access Key Id you provided does not exist in our records", sameMessage(func(s *server, c *vectors.Case) {
			s.e.Keys().Remove(c.SecretID)
		})},
		{"other host", 403, mismatch, mismatchMessage, otherHost},
		{"key changed", 403, mismatch, mismatchMessage, func(_ *server, c *vectors.Case, _ *signer.Claim) []*message {
			m := replay(c)
			path, query, _ := strings.Cut(m.target, "?")
			m.target = path + "x?" + query
			return []*message{m}
		}},
		{"signed header changed or dropped", 403, mismatch, mismatchMessage, headersSpoilt},
		{"signed parameter changed or dropped", 403, mismatch, mismatchMessage, paramsSpoilt},
		{"token dropped", 403, "InvalidAccessKeyId", "", tokenDropped},
	}
}

// flipped changes the last digit of the signature, wherever it travels.
func flipped(c *vectors.Case, claim *signer.Claim) *message {
	m := replay(c)
	digit := "0"
	if strings.HasSuffix(claim.Signature, "0") {
		digit = "1"
	}
	m.target = strings.Replace(m.target, claim.Signature, claim.Signature[:39]+digit, 1)
	return m
}

// otherHost sends to another bucket of the same account what was signed for
// this one. Where the host is not signed that is allowed, and no refusal.
func otherHost(_ *server, c *vectors.Case, claim *signer.Claim) []*message {
	if !slices.Contains(claim.HeaderList, "host") {
		return nil
	}
	m := replay(c)
	m.host = "other-" + m.host
	return []*message{m}
}

func headersSpoilt(_ *server, c *vectors.Case, claim *signer.Claim) []*message {
	var out []*message
	for _, name := range claim.HeaderList {
		name = http.CanonicalHeaderKey(name)
		if name == "X-Cos-Security-Token" {
			continue // judged before the signature; the token row has it
		}
		if name == "Host" || len(replay(c).header[name]) == 0 || name == "Transfer-Encoding" {
			continue
		}
		changed := replay(c)
		if name == "Content-Length" {
			changed.header.Del(name)
			changed.body = append(changed.body, 'x')
		} else {
			changed.header.Set(name, changed.header.Get(name)+"x")
		}
		dropped := replay(c)
		dropped.header.Del(name)
		dropped.chunked = name == "Content-Length"
		out = append(out, changed, dropped)
	}
	return out
}

func paramsSpoilt(_ *server, c *vectors.Case, claim *signer.Claim) []*message {
	var out []*message
	_, target := c.Target()
	path, query, _ := strings.Cut(target, "?")
	pairs := strings.Split(query, "&")
	for _, name := range claim.ParamList {
		if name == "x-cos-security-token" {
			continue // judged before the signature; the token row has it
		}
		for i, pair := range pairs {
			raw, _, hasValue := strings.Cut(pair, "=")
			if !strings.EqualFold(signer.Decode(raw), name) {
				continue
			}
			changed := slices.Clone(pairs)
			if changed[i] = pair + "x"; !hasValue {
				changed[i] = pair + "=x"
			}
			dropped := slices.Delete(slices.Clone(pairs), i, i+1)
			for _, p := range [][]string{changed, dropped} {
				m := replay(c)
				m.target = path + "?" + strings.Join(p, "&")
				out = append(out, m)
			}
		}
	}
	return out
}

func tokenDropped(_ *server, c *vectors.Case, claim *signer.Claim) []*message {
	if c.Token == "" {
		return nil
	}
	m := replay(c)
	m.header.Del("X-Cos-Security-Token")
	path, query, _ := strings.Cut(m.target, "?")
	pairs := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool {
		return strings.HasPrefix(p, "x-cos-security-token=") || strings.HasPrefix(p, "token=")
	})
	m.target = path + "?" + strings.Join(pairs, "&")
	return []*message{m}
}

// TestRefusals spoils every upload of the vectors that holds in every way of
// the matrix. Beside each refusal the same request unspoilt is accepted, and
// after each the object is not there.
//
// holds: code SignatureDoesNotMatch; code AccessDenied; code RequestTimeTooSkewed; code InvalidAccessKeyId
func TestRefusals(t *testing.T) {
	files, err := vectors.Load()
	require.NoError(t, err)
	s := vectorServer(t, files)
	for _, name := range slices.Sorted(maps.Keys(s.bucketNames())) {
		require.NoError(t, s.e.CreateBucket(otherBucket(name, s.bucketNames()[name])))
	}
	for _, r := range refusals() {
		t.Run(r.name, func(t *testing.T) {
			s.tb = t
			hits := 0
			for _, f := range files {
				for i := 0; i < len(f.Cases); i += caseStride {
					hits += s.refuse(&r, &f.Cases[i])
				}
			}
			require.NotZero(t, hits, "the row must meet at least one case")
			t.Logf("%d requests refused", hits)
		})
	}
}

func (s *server) refuse(r *refusal, c *vectors.Case) int {
	t := s.tb
	t.Helper()
	good := replay(c)
	if !c.Holds || c.Method != http.MethodPut || asksFor(good.target, "acl") || (c.Headers["Content-MD5"] != "" && c.Headers["Content-Length"] != "") {
		return 0
	}
	req, err := signer.NewRequest(c.Method, c.WireURL(), c.Header())
	require.NoError(t, err)
	claim, ok := signer.ParseClaim(req)
	require.True(t, ok, c.ID)
	s.use(c)
	bad := r.make(s, c, claim)
	key := wireKey(c)
	for _, m := range bad {
		got := s.send(m)
		s.requireRefused(got, c.ID+" "+m.method+" "+m.target, r.status, r.code, r.message)
		s.requireNothing(c.Bucket, key)
		s.requireNothing("other-"+c.Bucket, key)
	}
	if len(bad) == 0 {
		return 0
	}
	s.use(c)
	want := 200
	if asksFor(good.target, "uploadId") {
		want = 404 // no such upload, but allowed to ask
	}
	require.Equal(t, want, s.send(good).status, "the control beside the refusal: %s", c.ID)
	s.remove(c.Bucket, key)
	return len(bad)
}

func (s *server) bucketNames() map[string]string {
	names := map[string]string{}
	buckets, err := s.e.Buckets()
	require.NoError(s.tb, err)
	for _, b := range buckets {
		if !strings.HasPrefix(b.Name, "other-") {
			names[b.Name] = b.Region
		}
	}
	return names
}

func otherBucket(name, region string) api.BucketConfig {
	return api.BucketConfig{Name: "other-" + name, Region: region}
}
