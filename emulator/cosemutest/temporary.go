package cosemutest

import (
	"slices"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/api"
	"github.com/cosemu/cosemu/emulator/internal/sts"
)

// Rights are what a temporary key may do of what its server's key pair may: see
// [Upload] and [Policy].
type Rights struct {
	grant    sts.Grant
	document string
}

// Upload are the rights to put objects in one piece whose keys begin with a
// prefix, "photos/" or, as policies write it, "photos/*", and no others. Its
// methods add limits and rights.
func Upload(prefix string) Rights { return Rights{grant: sts.Grant{Prefix: prefix}} }

// AtMost bounds the size of an object in bytes, or of each part.
func (r Rights) AtMost(size int64) Rights {
	r.grant.MaxBytes = size
	return r
}

// Types are the content types that an object may have: exact, or "image/*".
func (r Rights) Types(kinds ...string) Rights {
	r.grant.ContentTypes = slices.Concat(r.grant.ContentTypes, kinds)
	return r
}

// InParts allows uploads in parts too.
func (r Rights) InParts() Rights {
	r.grant.Parts = true
	return r
}

// AndRead allows the objects to be fetched too.
func (r Rights) AndRead() Rights {
	r.grant.Read = true
	return r
}

// Policy are the rights of a policy document, the JSON that a server would send
// to STS.
func Policy(document string) Rights { return Rights{document: document} }

// TemporaryKey issues a temporary key with rights of the server's own key pair,
// valid from the clock's time on for as long as lives says, and returns the
// server as seen by whoever got it, with the key in Credentials: what the code
// under test would get from STS. It lasts whole seconds, and 36 hours at most.
//
//	browser := cos.TemporaryKey(cosemutest.Upload("photos/*").AtMost(10<<20).Types("image/*"), 15*time.Minute)
func (s *Server) TemporaryKey(rights Rights, lives time.Duration) *Server {
	s.tb.Helper()
	document := []byte(rights.document)
	if rights.document == "" {
		grant := rights.grant
		grant.Bucket, grant.Region = s.Bucket, s.Region
		document = grant.Policy()
	}
	if lives <= 0 {
		s.fail("TemporaryKey: a key that lives %s is none", lives)
	}
	k, err := s.run.emulator.TemporaryKey(api.TemporaryKeyRequest{
		SecretID: s.Credentials.SecretID, Policy: document, Lives: lives, Name: "cosemutest",
	})
	if err != nil {
		s.fail("TemporaryKey: %v", err)
	}
	return s.As(credentials(&k))
}
