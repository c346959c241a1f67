//! What trusted proxies tell about the client: address, scheme and host.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use poem::{Request, http::header};

/// Networks whose forwarding headers are believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(pub Vec<IpNet>);

impl TrustedProxies {
    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    fn peer(request: &Request) -> IpAddr {
        request
            .remote_addr()
            .as_socket_addr()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical())
    }

    /// The client's address: the right-most hop that is not a trusted proxy.
    pub fn client(&self, request: &Request) -> IpAddr {
        let peer = Self::peer(request);
        if !self.trust(peer) {
            return peer;
        }
        let mut client = peer;
        for hop in hops(request).into_iter().rev() {
            let Some(address) = hop else { break };
            client = address;
            if !self.trust(address) {
                break;
            }
        }
        client
    }

    /// `https` or `http`, as the client saw it.
    pub fn scheme<'r>(&self, request: &'r Request) -> &'r str {
        let told = self
            .trust(Self::peer(request))
            .then(|| forwarded(request, "proto", "x-forwarded-proto"))
            .flatten();
        match told {
            Some(scheme) if scheme.eq_ignore_ascii_case("https") => "https",
            _ => "http",
        }
    }

    /// The host, and port if any, as the client saw it.
    pub fn host<'r>(&self, request: &'r Request) -> Option<&'r str> {
        let told =
            self.trust(Self::peer(request)).then(|| forwarded(request, "host", "x-forwarded-host")).flatten();
        told.or_else(|| request.headers().get(header::HOST)?.to_str().ok()).filter(|host| {
            // Anything else could break out of the URLs we build from it.
            host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]_".contains(&b))
        })
    }
}

/// One member of `Forwarded` (RFC 7239) as the nearest proxy wrote it, else the older header.
fn forwarded<'r>(request: &'r Request, member: &str, older: &str) -> Option<&'r str> {
    let last =
        |name: &str| request.headers().get_all(name).iter().next_back()?.to_str().ok()?.rsplit(',').next();
    let standard = last("forwarded").and_then(|element| {
        element.split(';').find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            name.eq_ignore_ascii_case(member).then_some(value.trim_matches('"'))
        })
    });
    standard.or_else(|| last(older)).map(str::trim).filter(|value| !value.is_empty())
}

/// The addresses of all hops, oldest first; `None` for one that is hidden or malformed.
fn hops(request: &Request) -> Vec<Option<IpAddr>> {
    let values = |name: &str| {
        let all = request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok());
        all.flat_map(|value| value.split(',')).map(str::trim).map(str::to_owned).collect::<Vec<_>>()
    };
    let standard = values("forwarded");
    if !standard.is_empty() {
        let node = |element: &String| {
            let pair = element
                .split(';')
                .map(str::trim)
                .find(|pair| pair.to_ascii_lowercase().starts_with("for="))?;
            address(pair[4..].trim_matches('"'))
        };
        return standard.iter().map(node).collect();
    }
    values("x-forwarded-for").iter().map(|hop| address(hop)).collect()
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    if let Ok(socket) = text.parse::<std::net::SocketAddr>() {
        return Some(socket.ip().to_canonical());
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}
