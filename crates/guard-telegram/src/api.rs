use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use frankenstein::AsyncTelegramApi;
use hyper::body::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::wire::{Body, Envelope, Form, Http};
use crate::{ApiUrl, BotToken, Error, Limits, Roots};

/// The thin client: one request for one call, bounded and not repeated.
///
/// It implements [`AsyncTelegramApi`], so every method of the Bot API that `frankenstein` knows can be called on it:
/// import that trait. [`Client`](crate::Client) adds pace, repetition and decoding one by one.
#[derive(Debug)]
pub struct Api {
    pub(crate) http: Http,
}

impl Api {
    /// A client for one bot on one server. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`Error::Roots`].
    pub fn new(token: BotToken, url: ApiUrl) -> Result<Self, Error> {
        Self::with_limits(token, url, &Roots::default(), Limits::default())
    }

    /// The same with other authorities and bounds.
    ///
    /// # Errors
    ///
    /// [`Error::Roots`].
    pub fn with_limits(token: BotToken, url: ApiUrl, roots: &Roots, limits: Limits) -> Result<Self, Error> {
        Ok(Self { http: Http::new(token, url, roots, limits)? })
    }

    /// Calls a method and decodes its result.
    pub(crate) async fn result<T: DeserializeOwned>(
        &self,
        method: &str,
        body: Body,
        within: Duration,
    ) -> Result<T, Error> {
        let (status, bytes) = self.http.call(method, body, within).await?;
        serde_json::from_str(Envelope::open(status, &bytes)?.get()).map_err(|_| Error::Undecodable)
    }

    /// The same for an answer in its envelope, as `frankenstein` decodes it.
    async fn whole<T: DeserializeOwned>(
        &self,
        method: &str,
        body: Body,
        within: Duration,
    ) -> Result<T, Error> {
        let (status, bytes) = self.http.call(method, body, within).await?;
        Envelope::open(status, &bytes)?;
        serde_json::from_slice(&bytes).map_err(|_| Error::Undecodable)
    }
}

/// A body of JSON.
pub(crate) fn json(params: &impl Serialize) -> Result<Body, Error> {
    serde_json::to_vec(params).map(|body| Body::Json(body.into())).map_err(|_| Error::Undecodable)
}

#[async_trait]
impl AsyncTelegramApi for Api {
    type Error = Error;

    async fn request<Params, Output>(&self, method: &str, params: Option<Params>) -> Result<Output, Error>
    where
        Params: Serialize + std::fmt::Debug + Send,
        Output: DeserializeOwned,
    {
        let body = match params {
            Some(params) => json(&params)?,
            None => Body::Json(Bytes::from_static(b"{}")),
        };
        self.whole(method, body, self.http.limits.whole).await
    }

    async fn request_with_form_data<Params, Output>(
        &self,
        method: &str,
        params: Params,
        files: Vec<(&str, PathBuf)>,
    ) -> Result<Output, Error>
    where
        Params: Serialize + std::fmt::Debug + Send,
        Output: DeserializeOwned,
    {
        let mut form = Form::new()?;
        let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
        form.params(&params, &names)?;
        // The parameters need not outlive a wait, so they are not required to.
        drop(params);
        let mut left = self.http.limits.upload_bytes;
        for (name, path) in files {
            let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let read = tokio::task::spawn_blocking(move || read(&path, left));
            let bytes = read.await.map_err(|_| Error::LocalFile)??;
            left = left.saturating_sub(bytes.len());
            form.file(name, &file_name, &bytes);
        }
        self.whole(method, form.finish()?, self.http.limits.upload).await
    }
}

fn read(path: &std::path::Path, most: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let file = File::open(path).map_err(|_| Error::LocalFile)?;
    file.take(bound).read_to_end(&mut bytes).map_err(|_| Error::LocalFile)?;
    if bytes.len() > most { Err(Error::TooLarge) } else { Ok(bytes) }
}
